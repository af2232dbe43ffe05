struct RunMerge {}
