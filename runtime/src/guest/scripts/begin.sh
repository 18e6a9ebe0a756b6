list | head -c "$w" | base64
