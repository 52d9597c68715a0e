"""spark-submit spark/jobs/update_theta.py --help"""

import sys

from seedtest_spark.jobs import main

sys.exit(main(["update-theta", *sys.argv[1:]]))
