"""What a study is: architectures, recipes, profiles, study.toml, citation and parallel options. Light to import."""
