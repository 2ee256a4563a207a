"""Mburoja on the web: the server, the widget's wire, the pages; knows no rule of the dialogue."""
