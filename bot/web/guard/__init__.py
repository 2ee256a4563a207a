"""What protects every request and every answer; knows no route's meaning."""
