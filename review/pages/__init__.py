"""The pages a reviewer sees; NiceGUI lives here and in `review/app.py`."""
