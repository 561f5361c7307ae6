"""Small scripts that keep the project in order; none of them is part of the bot."""
