"""Settings of a study: architectures, recipes, profiles, study.toml, parallelism, citation. Light to import."""
