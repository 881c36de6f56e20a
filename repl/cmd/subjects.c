/* subjects.c -- what a student asks for in words of the field, and where it is told */
#include "cmd/subjects.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const HelpSubject subjects[] = {
    /* where to begin */
    {"start begin beginning intro introduction tutorial basics getting_started first",
     "lesson 1 begins the first lesson: the prompt types, Enter runs. Or type x, y = 2, 3, then "
     "f = x*y + x^2, then backward f.",
     "lesson = backward", 1},
    {"example examples sample samples demo demos",
     "Every help page ends with lines to type: help minimize. lesson lists the lessons, and "
     "samples/ has whole programs.",
     "lesson load", 1},
    {"course syllabus exercise exercises lessons homework",
     "lesson lists the lessons, with what you have done; they ask for answers and look at them.",
     "lesson quiz grading", 1},
    {"commands command documentation docs doc overview manual reference man",
     "help all lists every name by groups; help NAME tells of one.", "help", 0},
    {"shortcut shortcuts keys keyboard hotkeys tab completion",
     "Tab completes names, options and files, the arrows bring back earlier lines, Ctrl-C stops "
     "what runs, Ctrl-D leaves. In windows ? shows the keys.",
     "history windows", 0},
    {"leave bye logout", "quit or Ctrl-D leaves.", "quit exit save", 0},
    {"variable variables declare assign assignment define",
     "x = 2 makes a variable: a leaf whose gradient is tracked. x := 3 writes into it.",
     "= := leaves names", 1},
    {"constant constants",
     "const g = 9.81 is a value without gradient; pi and e are there. set constants shows the "
     "numbers inside a graph.",
     "const numbers leaves", 0},
    {"delete remove forget",
     "Nothing needs deleting: = binds a name anew, cleargrad forgets gradients, restart empties "
     "the session.",
     "restart cleargrad =", 0},
    {"revert mistake oops back ctrl-z ctrl_z",
     "undo takes the last statement back, redo brings it "
     "again; rewind 0 goes back to the start of a descent.",
     "undo redo rewind", 0},
    {"function functions procedure",
     "f(x) = x^2 defines a function. One with parameters that are called is differentiated at "
     "the call.",
     "def return", 1},
    {"loop loops iterate iteration iterations",
     "repeat 10 { … }, for i in 0:10 { … } and while c { … } run a block again and again; "
     "minimize is the loop of training.",
     "repeat for while every", 0},
    {"condition conditional branch ternary else_if switch",
     "if c { … } else { … } is a statement; where(c, a, b) chooses between values.", "if where and",
     0},
    {"comment remark", "What follows # on a line is for readers.", "comments", 0},
    {"error errors failure",
     "A names the place, and its hint what to type. check f compares gradients with "
     "differences; trace f shows every value.",
     "check trace assert", 0},
    {"file files open read script scripts program programs run_file",
     "load \"FILE\" runs a program or puts a saved session back; csv reads tables.",
     "load save csv args", 0},
    {"store session state persist saving",
     "save \"s.nabla\" writes the session, load \"s.nabla\" puts it back.", "save load undo", 0},
    /* derivatives */
    {"derivative derivatives differentiate differentiation diff ableitung slope",
     "grad(f, x) is ∂f/∂x as a value; backward f fills x.grad of every leaf; explain x shows the "
     "derivative in symbols and numbers.",
     "grad backward explain gradients", 11},
    {"gradient nabla del partial partials partial_derivative partial_derivatives",
     "∂f/∂x for every leaf x: backward f computes them, x.grad is one of them, - means none yet.",
     "gradients backward grad", 11},
    {"autodiff automatic_differentiation ad autograd reverse_mode differentiable_programming",
     "nabla records each operation as a node; backward f walks from f to the leaves and multiplies "
     "local derivatives.",
     "gradients backward graph", 1},
    {"backprop backpropagation back_propagation backward_pass bp",
     "backward f walks from f to the leaves; walk f shows each step, explain x one gradient.",
     "backward walk explain gradients", 2},
    {"chain_rule chainrule chain kettenregel",
     "Along a path the local derivatives are multiplied, over paths the products are added: "
     "explain x shows it.",
     "explain walk gradients", 2},
    {"forward_pass forward_mode forwardpass evaluate recompute",
     "f = … computes at once; after x := … forward f computes the same graph again. Derivatives "
     "that run forward are jvp's.",
     "forward retained stale jvp", 0},
    {"leaf root node nodes",
     "A leaf is a number with a name, whose gradient is tracked; a node is what an operation "
     "computed; info NAME tells of one, tree f shows all.",
     "leaves info tree", 1},
    {"computation_graph computational_graph dag",
     "graph f draws the graph behind f, tree f prints it, export \"f.png\", f writes a picture.",
     "graph tree export", 1},
    {"tape wengert evaluation_trace", "trace f is the table of every value, and of every adjoint.",
     "trace walk", 0},
    {"adjoint adjoints upstream cotangent delta",
     "The derivative of f by a node: what flows back to it. trace f has them in a column, v.grad "
     "is one.",
     "trace walk gradients", 2},
    {"local_derivative local_gradient local",
     "The derivative of one operation by its operand; info v shows it, walk f multiplies it.",
     "info walk explain", 2},
    {"zero_grad zerograd clear_gradients reset_gradients zero",
     "cleargrad forgets the gradients; backward adds to what leaves hold.",
     "cleargrad accumulation", 3},
    {"accumulate accumulated",
     "backward adds to the gradients that leaves hold; cleargrad forgets them between steps.",
     "accumulation cleargrad ledger", 3},
    {"second_derivative second_order higher_order curvature hesse",
     "hessian(f, x) is the matrix of second derivatives; grad(grad(f, x), x) works to any order.",
     "orders hessian grad", 6},
    {"jacobian_matrix jacobi", "jacobian(f, x) has a row for each element of f.",
     "jacobian grad orders", 0},
    {"finite_difference finite_differences numerical numerical_gradient gradient_check gradcheck",
     "check f compares every gradient with differences; numgrad(f, x) is one by differences.",
     "check numgrad", 11},
    {"detach_graph stop_gradient no_grad nogradient freeze frozen",
     "detach(x) and const have no gradient, nograd { … } computes without; unchain f cuts a graph.",
     "detach const nograd unchain", 0},
    {"taylor tangent linearization linear_approximation",
     "f(x) + f'(x)·h: grad(f, x) is the slope, hessian(f, x) the curvature.",
     "tangent grad hessian", 11},
    {"integral integrate integration ode",
     "nabla differentiates; it has no integrals. A sum over linspace comes close: "
     "mean(sin(linspace(0, pi, 1000)))*pi.",
     "linspace mean", 0},
    {"symbolic formula formulas latex equation equations tex",
     "explain x writes a derivative in symbols; export \"f.tex\", f, view=explain as LaTeX.",
     "explain export", 0},
    /* descent */
    {"loss cost objective criterion error_function loss_function losses",
     "How far outputs are from targets, as one number to minimize: mse(y, t) for numbers, "
     "cross_entropy(x, t) for classes.",
     "mse cross_entropy bce mae huber minimize", 7},
    {"optimize optimise optimization optimisation minimise minimum training_loop",
     "minimize f runs forward, cleargrad, backward and step again and again.",
     "minimize step sgd adam", 4},
    {"optimizer optimiser optimizers solver update_rule",
     "opt = sgd(x, lr=0.1) keeps variables and a rule, step makes one update, race compares.",
     "sgd momentum adam adamw rmsprop step race", 5},
    {"descent gradient_descent steepest_descent gd stochastic_gradient_descent",
     "opt = sgd(x, lr=0.1), then backward f, step; or minimize f, opt.", "sgd step minimize", 4},
    {"learning_rate learningrate lr step_size stepsize rate",
     "How far a step goes: sgd(x, lr=0.1); opt.lr = 0.01 changes it. Too large, and f rises.",
     "sgd step minimize race", 4},
    {"schedule schedules scheduler decay warmup cosine annealing",
     "The learning rate over time: opt.lr = … between steps, or a schedule as lr=.",
     "sgd minimize cosine_lr", 5},
    {"learning fit fitting train training learn",
     "A model, a loss and minimize: m = mlp([8, 2]), loss = cross_entropy(m(x), t), minimize loss.",
     "minimize mlp cross_entropy step", 8},
    {"epoch epochs iteration_count steps",
     "A pass over all data. minimize f, steps=100 makes 100 steps; for x, t in batches(data, 30) "
     "{ … } is one epoch.",
     "minimize batches step", 8},
    {"batch minibatch mini_batch mini_batches batch_size dataloader",
     "for x, t in batches(data, 30) { … } takes 30 rows at a time, shuffled.",
     "batches csv sequences", 8},
    {"converge convergence diverge divergence stuck unstable",
     "minimize says why it stopped; when f rises the steps are too long: rewind 0, then a smaller "
     "lr. plot f shows it.",
     "minimize rewind plot", 4},
    {"rewind_run go_back", "rewind k goes back to step k of the run.", "rewind runs reset", 0},
    {"momentum_method inertia heavy_ball", "momentum(x, lr=0.1) keeps a velocity.",
     "momentum nesterov sgd", 17},
    {"rosenbrock banana matyas test_function valley",
     "f(x, y) = 100*(y - x^2)^2 + (1 - x)^2, then surface f and minimize.", "surface minimize race",
     4},
    {"newton newton_method quasi_newton bfgs", "A step by the curvature: x := x - f'/f''.",
     "newton hessian solve", 6},
    {"local_minimum local_minima saddle saddle_point global_minimum",
     "Where the gradient is 0; the eigenvalues of hessian(f, x) tell which. surface f shows it.",
     "hessian surface minimize", 6},
    {"regularization regularisation l2 ridge overfitting overfit generalization",
     "adamw(m, weight_decay=0.01), dropout(0.5) in a model, or a term of the loss: + "
     "0.01*sum(w^2).",
     "weight_decay dropout adamw", 0},
    {"clipping gradient_clipping",
     "sgd(m, lr=0.1, hooks=[clip_grad(1)]) shortens gradients that are too long.",
     "clip_grad hooks", 10},
    {"hyperparameter", "Options of optimizers: opt shows them, opt.lr = 0.01 sets one.",
     "adam sgd attributes", 5},
    /* networks */
    {"neuron perceptron unit", "sigmoid(x @ w + b): weights, a bias, an activation.",
     "sigmoid linear relu", 7},
    {"network neural_network nn neural model models deep deep_learning net",
     "m = mlp([8, 8, 2], activation=relu) is a network; m(x) applies it, m.params has its weights.",
     "mlp linear sequential", 8},
    {"layer dense fully_connected hidden_layer hidden",
     "linear(8) is a layer of 8 units, mlp([8, 2]) several; weights are drawn at the first call.",
     "linear mlp sequential", 8},
    {"weight weights bias biases parameter parameters params",
     "m.params lists them, m.linear[0].w is one, w = randn(3, 2) is one of your own.",
     "attributes linear mlp leaves", 7},
    {"initialization initialisation init xavier he_init glorot",
     "Layers draw their weights at the first call, smaller with more inputs; seed 1 draws others.",
     "linear random seed", 16},
    {"activation nonlinearity squash",
     "relu, sigmoid, tanh, gelu, softplus: mlp([8, 2], activation=tanh).",
     "relu sigmoid tanh gelu leaky_relu softplus", 13},
    {"vanishing vanishing_gradient vanishing_gradients exploding exploding_gradient",
     "Products of many local derivatives get small or large; backward of a network shows |g| of "
     "each layer.",
     "sigmoid relu clip_grad", 10},
    {"dead dead_relu dying dying_relu", "A relu whose input is never above 0 passes no gradient.",
     "relu leaky_relu", 14},
    {"saturation saturated", "Where sigmoid and tanh are flat, their gradient is near 0.",
     "sigmoid tanh", 13},
    {"convolution convolutional cnn filter kernel",
     "One small set of weights that slides over an image.", "conv2d matmul indexing", 0},
    {"pooling pool maxpool", "The largest or the mean of each patch of an image.",
     "max_pool avg_pool max mean", 0},
    {"recurrent recurrence sequence time_series gru",
     "rnn(n) and lstm(n) keep a state from call to call; reset_state m forgets it.",
     "rnn lstm sequences truncation reset_state", 9},
    {"truncated bptt tbptt truncated_backpropagation", "unchain f cuts the graph behind f.",
     "truncation unchain", 9},
    {"attention transformer self_attention gpt",
     "softmax(q @ k.T / sqrt(d)) @ v: made of products and softmax.", "attention softmax matmul",
     15},
    {"token tokens tokenizer language_model llm vocabulary corpus",
     "Numbers of letters and embedding(n, d) for them.", "embedding one_hot strings text", 9},
    {"normalization normalize batchnorm batch_norm layernorm standardize",
     "layer_norm() in a model; (x - mean(x))/sqrt(variance(x)) by hand.",
     "layer_norm mean variance", 0},
    {"evaluation eval inference predict prediction test_mode testing",
     "m(x) predicts; testmode { … } lets dropout through; accuracy(y, t) counts.",
     "testmode accuracy argmax", 8},
    {"classification classifier classes class_label label labels logits",
     "cross_entropy(x, t) takes logits and the numbers of the classes; boundary m, x, t draws.",
     "cross_entropy softmax accuracy boundary argmax", 8},
    {"regression linear_regression least_squares",
     "w, b = 0, 0, then minimize mse(w*x + b, t), sgd(w, b, lr=0.1).", "mse minimize linear", 7},
    {"logistic logistic_regression binary", "bce(x @ w + b, t, logits=true).", "bce sigmoid", 7},
    {"probability probabilities distribution", "softmax(x) sums to 1.",
     "softmax cross_entropy rand", 0},
    {"metric metrics score", "accuracy(y, t) for classes, mae(y, t) for numbers.",
     "accuracy mae mse", 0},
    /* data */
    {"dataset datasets toy_data",
     "x, t = moons(200, 0.1): two half circles; circles, spiral, xor and curve are others.",
     "moons circles spiral xor curve csv", 8},
    {"table excel spreadsheet dataframe pandas",
     "x, t = csv(\"data.csv\", target=-1) reads a table of numbers.", "csv npy load", 0},
    {"split_data validation train_test test_set holdout",
     "Rows for training and for testing: x[0:80] and x[80:], or split.",
     "split_rows indexing split", 0},
    {"mnist iris",
     "samples/digits.nabla and samples/iris.nabla read "
     "their data with csv.",
     "csv load", 0},
    {"noise gaussian normal_distribution uniform random_numbers rng",
     "rand(3), randn(2, 3); seed 1 begins anew.", "rand randn seed random", 0},
    {"tensor tensors array arrays vector vectors",
     "[1, 2, 3] is a tensor, [[1, 2], [3, 4]] a matrix; x.shape its sizes.",
     "lists zeros indexing broadcasting", 15},
    {"matrix matrix_product multiply product",
     "A @ B is the matrix product, * multiplies element by element, A.T is the transpose.",
     "matmul dot linear inv", 15},
    {"shape_error shape dimension dimensions size axis",
     "x.shape shows the sizes; reshape, transpose and axis= change and choose them.",
     "broadcasting reshape transpose attributes", 15},
    {"slice slicing subscript element mask boolean_mask", "x[0], x[-1], x[1:3], m[:, 0].",
     "indexing : where", 0},
    {"dtype float32 double precision integer number",
     "All numbers have double precision; set digits full shows every digit.", "numbers digits", 0},
    {"complex imaginary", "nabla has real numbers only.", "numbers", 0},
    {"statistics average deviation std stdev standard_deviation",
     "mean(x), variance(x), sqrt(variance(x)).", "mean variance", 0},
    {"logarithm ln exponential euler", "log(x) is the natural one; exp(x) or e^x.",
     "log exp log2 log10", 0},
    {"power exponent square_root", "x^2, x^0.5, sqrt(x).", "pow sqrt square", 0},
    {"eigenvalue eigenvalues inverse determinant linear_algebra system_of_equations",
     "inv(A), det(A), solve(A, b).", "inv det solve", 0},
    {"nans infinity overflow not_a_number",
     "A note names the operation that made it; set nan error stops there.", "nan numbers", 13},
    /* pictures */
    {"picture pictures image images png svg jpg jpeg screenshot figure diagram draw drawing",
     "export \"f.png\", f writes the graph as a picture, view=plot or view=surface the others; "
     "graph f shows it in a window.",
     "export graph plot surface", 1},
    {"pdf paper slides slide poster powerpoint word",
     "export \"f.pdf\", f for print, \"f.svg\" for pages, \"f.tex\" for LaTeX; set present on for "
     "a projector.",
     "export present", 0},
    {"plotting chart curves loss_curve line_chart",
     "plot f draws the run of f, plot sin, x=0:7 a function, points x, t data.",
     "plot points export", 4},
    {"contour contours 3d heatmap landscape",
     "surface f, x=-2:2, y=-1:3 draws a function of two numbers, with the paths of runs.",
     "surface boundary", 4},
    {"display gui", "graph, plot and surface open windows; without a display they print text.",
     "windows graph plot close", 0},
    {"animation gif video movie animate",
     "export \"f.gif\", f, steps=true moves through the sweeps, view=surface through a run.",
     "export walk", 0},
    {"colour color dark projector presentation beamer",
     "set theme dark, set present on; nabla --present FILE plays a lecture.", "theme present", 0},
    {"decimals rounding format", "set digits 10; print \"{x:.4f}\".", "digits strings round", 0},
    {"output show",
     "A name alone shows it; print writes values; a "
     "statement that ends with ; is not shown.",
     "print info vars echo", 0},
    {"list_variables whos workspace environment", "vars lists what there is.", "vars info", 0},
    /* others */
    {"python pytorch torch numpy jax tensorflow keras convert translate",
     "nabla --pytorch FILE prints a program in PyTorch; export \"f.py\", f one graph; export "
     "\"m.npz\", m weights.",
     "export npy load", 0},
    {"safetensors npz export_model deploy",
     "export \"m.onnx\", m for other programs, export \"m.safetensors\", m its weights.",
     "export load", 0},
    {"notebook jupyter ipynb colab",
     "nabla --install-kernel makes nabla known to Jupyter; nabla "
     "--to-notebook FILE prints a notebook.",
     "lesson", 0},
    {"csv_file",
     "export \"p.csv\", x, y writes numbers, export "
     "\"run.csv\" the run record.",
     "export csv", 0},
    {"exam question questions practice self_test",
     "quiz f asks for gradients, walk f, ask=true for steps.", "quiz walk wrong", 1},
    {"grade mark marks grades", "nabla --grade GRADER SHEET marks; assert checks.",
     "grading assert", 0},
    {"timing speed slow fast performance profile benchmark gpu cuda",
     "time { … } measures; forward f computes a graph again in place, which is faster.",
     "time threads retained", 0},
    {"reproducible deterministic", "seed 1; the same seed gives the same numbers.", "seed random",
     0},
    {"memory ram leak", "unchain f forgets a graph's past; restart empties the session.",
     "unchain truncation restart", 0},
    {"debug debugger inspect", "info x, trace f, check f, and assert.", "info trace check assert",
     0},
    {"relu_derivative kink subgradient nondifferentiable",
     "At a kink one of the slopes is taken: relu has 0 at 0. check f warns.", "relu abs check", 14},
    {"swish silu elu mish", "silu is x*sigmoid(x).", "silu elu gelu relu", 0},
};

int subject_count(void)
{
    return (int)(sizeof subjects / sizeof subjects[0]);
}

const HelpSubject *subject_at(int i)
{
    return &subjects[i];
}

/* Whether `words` has this word of n letters; blanks of what is typed are joined by _. */
static bool has_word(const char *words, const char *word, size_t n)
{
    for (const char *w = words; *w;) {
        size_t len = strcspn(w, " ");
        if (len == n && strncasecmp(w, word, n) == 0) {
            return true;
        }
        w += len + (w[len] == ' ');
    }
    return false;
}

const HelpSubject *subject_find(const char *word)
{
    char joined[64];
    size_t n = strlen(word);
    if (n == 0 || n >= sizeof joined) {
        return NULL;
    }
    for (size_t i = 0; i <= n; i++) {
        joined[i] = (char)(word[i] == ' ' ? '_' : word[i]);
    }
    for (int plural = 0; plural < 2; plural++) {
        for (int i = 0; i < subject_count(); i++) {
            if (has_word(subjects[i].words, joined, n)) {
                return &subjects[i];
            }
        }
        if (joined[n - 1] != 's' || n < 4) {
            break;
        }
        n--;
    }
    return NULL;
}
