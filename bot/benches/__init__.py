"""What `mburoja bench` measures: each beside a bare peer in the same run."""
