"""What the bot knows, as the company's people look after it: open questions, approvals, answers switched off."""
