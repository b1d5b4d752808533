print("srelu")
