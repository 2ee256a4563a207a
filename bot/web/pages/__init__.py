"""The pages of the web: templates, assets, the policy's text; they say nothing that is not data or catalogue."""
