"""The widget's wire: frames, sockets, sessions, and who hears what; knows no rule of the dialogue."""
