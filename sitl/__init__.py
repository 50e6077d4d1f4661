"""Stand-ins for the world: autopilot, city, camera, downlink."""
