"""Formats and data sets, one file each. None of them needs torch but `torchvision_datasets`."""
