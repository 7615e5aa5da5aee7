"""The arms of the NAO robot, for whoever wants their kinematics alone: numpy in, numpy out.

The torso frame has x forward, y left, z up. Positions are in millimetres and joints in radians. A
hand is a frame, a matrix of four by four, or six numbers as ARKOMA writes them: Px, Py, Pz, and a
rotation vector (axis times angle) in degrees. Lengths and limits are the robot's published ones.
"""

from nnrun.arm.kinematics import ARMS, JOINTS, Arm, forward, frames, limits, pose
from nnrun.arm.solution import TOLERANCE, Solution, inverse
