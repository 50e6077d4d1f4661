"""Video in: files, folders of pictures, MPEG-TS over UDP and RTSP, read by a watched process of its own."""
