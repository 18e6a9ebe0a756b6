rm -f "$p"
