// Placeholder until the first test of Manifests lands.
