/** Results of sweeps: what is measured, in files and as findings. */
@NullMarked
package io.github.lightning4j.results;

import org.jspecify.annotations.NullMarked;
