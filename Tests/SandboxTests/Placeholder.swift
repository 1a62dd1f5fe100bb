// Placeholder until the first test of Sandbox lands.
