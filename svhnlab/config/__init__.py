"""Settings of a study: architectures, recipes, profiles, study.toml, parallelism, citation. Fast to import."""
