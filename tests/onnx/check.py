# check.py -- every .onnx file of a folder before ONNX's own checker, shapes included: check.py FOLDER
import pathlib
import sys

import onnx

files = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
bad = 0
for path in files:
    model = onnx.load(str(path))
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as e:  # of several kinds
        print(f"{path.name}: {e}")
        bad += 1
    if [v.version for v in model.opset_import] != [13] or model.producer_name != "nabla":
        print(f"{path.name}: opset {model.opset_import}, producer {model.producer_name}")
        bad += 1
print(f"{len(files)} files, {bad} refused")
sys.exit(1 if bad or not files else 0)
