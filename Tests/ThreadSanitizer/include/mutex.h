// Nothing is called from here: mutex.c stands in front of a function of Swift's library.
