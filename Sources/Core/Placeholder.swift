// Placeholder until the first file of Core lands.
