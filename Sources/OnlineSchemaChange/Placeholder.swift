// Placeholder until the first file of OnlineSchemaChange lands.
