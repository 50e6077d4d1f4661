"""The simulated camera: what a drone would see of the city, and exactly where in the picture."""
