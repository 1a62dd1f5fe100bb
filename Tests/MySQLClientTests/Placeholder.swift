// Placeholder until the first test of MySQLClient lands.
