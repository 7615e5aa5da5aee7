"""What a configuration may name: a file or a folder for each group of conf/."""
