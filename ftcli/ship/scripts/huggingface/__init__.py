"""Files of the exports `hf` and `safetensors`, which are copied beside the weights. They need no ftcli."""
