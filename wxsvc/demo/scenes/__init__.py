"""The scenes (场景) of the story, one file each: a function that plays it and checks what the phones show."""
