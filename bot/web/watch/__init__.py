"""What operators see of the server: logs, metrics, health; nothing of customers."""
