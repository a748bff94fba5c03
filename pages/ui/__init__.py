"""What the pages share: the session, the frame, the widgets. Nothing here computes."""
