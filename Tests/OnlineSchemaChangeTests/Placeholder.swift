// Placeholder until the first test of OnlineSchemaChange lands.
