"""Where everything lasting is kept: the one package that speaks SQL."""
