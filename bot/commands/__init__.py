"""The groups of the command line, one file each; knows no rule."""
