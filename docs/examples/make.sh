#!/usr/bin/env bash
# Makes the reports in this folder again, from trainings of a minute or two in a folder of their own.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cd "$(mktemp -d)"

nnrun dataset=digits training.epochs=40 output.folder=digits
nnrun report digits -o "$here/digits.html"

nnrun -m dataset=arkoma dataset.rows=3000 training.epochs=20 seed=0,1 optimizer=adam,sgd \
  optimizer.lr=1e-3,3e-3,1e-2,3e-2 'model.widths=[64,64],[128,128]' model.activation=relu,gelu \
  output.folder=arkoma
nnrun report arkoma -o "$here/arkoma.html"

nnrun -m dataset=digits model=linear,mlp,residual seed=0,1,2,3,4 training.epochs=20 output.folder=models
nnrun report models/model=* -o "$here/comparison.html"
