export { defineScenario, type Scenario, type ScenarioInput } from './scenario/scenario.ts';
