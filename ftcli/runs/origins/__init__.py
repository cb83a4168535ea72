"""Where the weights and the data of a run come from: noted when it begins, as the folders may be gone later."""
