// Placeholder until the first file of Manifests lands.
