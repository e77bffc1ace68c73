/**
 * Task graphs: which kernels run for a pass, with which arguments and on which grids. Public to
 * this module only.
 */
@NullMarked
package io.github.lightning4j.tornado.tasks;

import org.jspecify.annotations.NullMarked;
