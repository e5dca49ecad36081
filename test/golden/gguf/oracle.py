"""What transformers (5.24) computes from a GGUF file: token ids of the texts and log-probabilities of their tokens.

  python oracle.py MODEL.gguf texts.json golden.json && node compare.mjs MODEL.gguf golden.json
"""
import sys, json, torch, os
from transformers import AutoModelForCausalLM, AutoTokenizer
path=sys.argv[1]; d,f=os.path.split(os.path.realpath(path))
tok=AutoTokenizer.from_pretrained(d, gguf_file=f)
m=AutoModelForCausalLM.from_pretrained(d, gguf_file=f, dtype=torch.float32, attn_implementation="eager").eval()
texts=json.load(open(sys.argv[2]))
out=[]
with torch.no_grad():
  for t in texts:
    ids=tok(t, add_special_tokens=True).input_ids
    if not ids: ids=[tok.bos_token_id or 0]
    lp=torch.log_softmax(m(torch.tensor([ids])).logits.double(),-1)[0]
    own=[float(lp[i,ids[i+1]]) for i in range(len(ids)-1)]
    out.append({"text":t,"ids":ids,"logprobs":own,"best":[float(x) for x in lp.max(-1).values]})
json.dump(out,open(sys.argv[3],"w"))
print(type(m).__name__, sum(p.numel() for p in m.parameters()))
