"""Models as the API shows them: versions and aliases, explanations, accuracy."""
