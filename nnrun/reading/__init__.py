"""Files that somebody else may have made: opened with care, read within limits, judged by shape."""
