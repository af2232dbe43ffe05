print("deed")
