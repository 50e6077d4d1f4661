"""What a flight costs: uploads through a bad radio, and many vehicles in one process."""
