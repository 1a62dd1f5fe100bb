// Placeholder until the first file of MySQLClient lands.
