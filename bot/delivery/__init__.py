"""What leaves the process after commit: jobs with leases, SMS, notices; knows no rule of the dialogue."""
