"""Files of the exports `hf` and `safetensors` of networks with a head; others are in `huggingface`."""
