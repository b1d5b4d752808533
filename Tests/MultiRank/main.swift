print("multirank")
