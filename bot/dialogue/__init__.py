"""What is replied: blocks, composed from a meaning. Pure: no files, no clock, no channel."""
