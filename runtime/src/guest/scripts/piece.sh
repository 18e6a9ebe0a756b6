tail -c +"$2" <"$p" | head -c "$3" | base64
