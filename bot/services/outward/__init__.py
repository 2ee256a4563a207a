"""What goes out to the company's own people and programs: reminders by e-mail, events by webhook."""
