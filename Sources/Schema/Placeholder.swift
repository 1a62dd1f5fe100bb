// Placeholder until the first file of Schema lands.
